package main

import (
	"github.com/spf13/cobra"
)

func (a *app) generateCommand() *cobra.Command {
	return group("generate", "Measure streams against recordings", a.generateScore())
}
