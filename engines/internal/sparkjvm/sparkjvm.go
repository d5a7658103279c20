// Package sparkjvm holds what every engine built on Spark asks of the Java virtual machine.
package sparkjvm

import "strings"

// Flags open the parts of Java that Spark reaches into. spark-submit adds the same; a program started as a plain main class
// has to bring them itself.
func Flags() []string {
	flags := []string{"-Dio.netty.tryReflectionSetAccessible=true"}
	for _, p := range strings.Fields(`java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent
		java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar`) {
		flags = append(flags, "--add-opens=java.base/"+p+"=ALL-UNNAMED")
	}
	return flags
}
