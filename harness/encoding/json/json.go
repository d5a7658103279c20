// Package jsonenc is the encoding "json": one JSON object a message, decoded strictly by RFC 8259.
package jsonenc

// Format makes decoders and encoders of JSON messages. It implements encoding.Format.
type Format struct{}
