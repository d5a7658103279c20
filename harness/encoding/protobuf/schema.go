package protobuf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/streamgauge/streamgauge/harness/encoding"
	"github.com/streamgauge/streamgauge/harness/job"
)

// sourceSuffix tells a file of the language from a descriptor set.
const sourceSuffix = ".proto"

// ReadSchema implements encoding.Schemed: file is a .proto, whose imports are looked for in its folder, or a FileDescriptorSet as
// protoc --include_imports --descriptor_set_out writes it.
func (Format) ReadSchema(file, message string, read func(string) ([]byte, error)) (*job.Schema, error) {
	name := filepath.Base(file)
	content, err := read(file)
	if err != nil {
		return nil, err
	}
	source := strings.HasSuffix(name, sourceSuffix)
	s := &job.Schema{Message: message, Files: []job.SchemaFile{job.NewSchemaFile(name, content, source)}}
	if source {
		if err := addImports(s, filepath.Dir(file), read); err != nil {
			return nil, err
		}
	}
	_, err = messageOf(s)
	return s, err
}

// addImports puts the files that a schema imports behind it.
func addImports(s *job.Schema, folder string, read func(string) ([]byte, error)) error {
	_, err := compile(s, func(name string) (io.ReadCloser, error) {
		content, err := read(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		s.Files = append(s.Files, job.NewSchemaFile(name, content, true))
		return io.NopCloser(bytes.NewReader(content)), nil
	})
	return err
}

// compile compiles the first file of a schema. Files that the schema does not hold yet come from other; nil: there are none.
// bufbuild/protocompile is what buf is built on: a compiler in Go alone, held against protoc by its own tests, Apache 2.0.
func compile(s *job.Schema, other func(name string) (io.ReadCloser, error)) (protoreflect.FileDescriptor, error) {
	open := func(name string) (io.ReadCloser, error) {
		for _, f := range s.Files {
			if f.Name == name {
				return io.NopCloser(strings.NewReader(f.Text)), nil
			}
		}
		if other == nil {
			return nil, fmt.Errorf("the schema does not hold %s", name)
		}
		return other(name)
	}
	c := protocompile.Compiler{MaxParallelism: 1, Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: open})}
	files, err := c.Compile(context.Background(), s.Files[0].Name)
	if err != nil {
		return nil, fmt.Errorf("%s is no schema of Protobuf: %w", s.Files[0].Name, err)
	}
	return files[0], nil
}

// messageOf finds the type of the messages. Errors: no schema, no such message, or several and none named.
func messageOf(s *job.Schema) (protoreflect.MessageDescriptor, error) {
	if len(s.Files) == 0 {
		return nil, errors.New("a schema without a file")
	}
	main, all, err := filesOf(s)
	if err != nil {
		return nil, err
	}
	if s.Message == "" {
		if main.Messages().Len() == 1 {
			return main.Messages().Get(0), nil
		}
		return nil, fmt.Errorf("%s has the messages %s: name one as stream.schema.message", s.Files[0].Name, encoding.Listed(names(main)))
	}
	for _, f := range all {
		d := within(f, protoreflect.FullName(s.Message))
		if d != nil {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%s has no message %s; it has %s", s.Files[0].Name, s.Message, encoding.Listed(names(main)))
}

// filesOf are the file whose messages need no name, and all in which a named one is looked for.
func filesOf(s *job.Schema) (main protoreflect.FileDescriptor, all []protoreflect.FileDescriptor, err error) {
	if strings.HasSuffix(s.Files[0].Name, sourceSuffix) {
		main, err = compile(s, nil)
		return main, []protoreflect.FileDescriptor{main}, err
	}
	var set descriptorpb.FileDescriptorSet
	err = proto.Unmarshal(s.Files[0].Data, &set)
	if err == nil && len(set.File) == 0 {
		err = errors.New("it holds no file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no descriptor set (and no name that ends in %s): %w", s.Files[0].Name, sourceSuffix, err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, nil, fmt.Errorf("descriptor set %s: %w; protoc puts imports in with --include_imports", s.Files[0].Name, err)
	}
	for _, f := range set.File { // protoc writes a file behind those that it imports
		d, err := files.FindFileByPath(f.GetName())
		if err != nil {
			return nil, nil, fmt.Errorf("descriptor set %s: %w", s.Files[0].Name, err)
		}
		all = append(all, d)
	}
	return all[len(all)-1], all, nil
}

func names(f protoreflect.FileDescriptor) (all []string) {
	for i := range f.Messages().Len() {
		all = append(all, string(f.Messages().Get(i).FullName()))
	}
	return all
}

// within finds a message of a file, also one inside another.
func within(in interface {
	Messages() protoreflect.MessageDescriptors
}, name protoreflect.FullName) protoreflect.MessageDescriptor {
	for i := range in.Messages().Len() {
		m := in.Messages().Get(i)
		if m.FullName() == name {
			return m
		}
		if d := within(m, name); d != nil {
			return d
		}
	}
	return nil
}

var _ encoding.Schemed = Format{}
