package jvm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/streamgauge/streamgauge/engines"
)

// Cluster describes the daemons of an installed engine for a plan whose work is done on a cluster of this machine. home is
// the cluster's folder. Errors: those of Command; an engine without a cluster of its own.
func (s Store) Cluster(ctx context.Context, e engines.JVM, p engines.Plan, home, temp string) (*engines.Cluster, error) {
	if e.Cluster == nil {
		return nil, fmt.Errorf("starting a cluster of engine %s: it has none that can be started here", e.Descriptor.Name)
	}
	java, err := findJava(ctx, e)
	if err != nil {
		return nil, err
	}
	m, err := readModule(s.Sources, e.Java.Module)
	if err != nil {
		return nil, err
	}
	classPath, err := s.classPath(e, m)
	if err != nil {
		return nil, err
	}
	var ports ports
	defer ports.release()
	l := Launch{HeapBytes: p.Limits.HeapBytes, MaxRecordBytes: p.Limits.MaxRecordBytes, TempDir: temp, LogDir: p.LogDir}
	c, err := e.Cluster(engines.Site{
		Plan: p, Home: home, Jars: filepath.SplitList(classPath), Heap: heap(e.Java, l), Java: java.Path, Port: ports.port,
		Command: func(program engines.Program) []string { return command(java.Path, program, p.JVMFlags, l) },
		Flags: func(heap int64) []string {
			return programFlags(engines.Program{Heap: heap, Works: true}, p.JVMFlags, l)
		},
	})
	if err := errors.Join(err, ports.err); err != nil {
		return nil, fmt.Errorf("describing the cluster of engine %s: %w", e.Descriptor.Name, err)
	}
	c.Home = home
	return &c, nil
}

// command starts a program with the flags that every engine's virtual machine gets.
func command(java string, p engines.Program, users []string, l Launch) []string {
	list := append([]string{java}, programFlags(p, users, l)...)
	list = append(list, "-cp", strings.Join(p.ClassPath, string(os.PathListSeparator)), p.Main)
	return append(list, p.Args...)
}

func programFlags(p engines.Program, users []string, l Launch) []string {
	l.HeapBytes, l.Flags = p.Heap, nil
	if p.Works {
		l.Flags = users
	}
	return flags(engines.Java{Flags: p.Flags}, l)
}

// ports gives free ports to names, and holds them until all are given, so that none is given twice.
type ports struct {
	held map[string]net.Listener
	err  error
}

func (p *ports) port(name string) int {
	l, ok := p.held[name]
	if !ok {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			p.err = errors.Join(p.err, fmt.Errorf("finding a free port: %w", err))
			return 0
		}
		if p.held == nil {
			p.held = map[string]net.Listener{}
		}
		p.held[name] = l
	}
	return l.Addr().(*net.TCPAddr).Port
}

func (p *ports) release() {
	for _, l := range p.held {
		l.Close()
	}
}
