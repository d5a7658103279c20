package job

import (
	"crypto/sha256"
	"encoding/hex"
)

// Schema is a user's own schema of messages, whole: the texts of its files, so that a plan and a result need nothing else.
type Schema struct {
	Message string       `json:"message,omitempty"` // full name of the messages' type, where the file has several; of a DBC file, where signals are looked for
	Files   []SchemaFile `json:"files"`             // first the one that the scenario names, then those that it imports
}

// SchemaFile is one file of a schema.
type SchemaFile struct {
	Name   string `json:"name"`           // as others import it; of the first, its base name
	Text   string `json:"text,omitempty"` // or, of a file that is no text,
	Data   []byte `json:"data,omitempty"` // base64 in JSON
	SHA256 string `json:"sha256"`         // of the file's bytes, hexadecimal
}

// NewSchemaFile takes a file up; text says that it is one.
func NewSchemaFile(name string, content []byte, text bool) SchemaFile {
	sum := sha256.Sum256(content)
	f := SchemaFile{Name: name, SHA256: hex.EncodeToString(sum[:])}
	if text {
		f.Text = string(content)
	} else {
		f.Data = content
	}
	return f
}
