// Package config reads the user's configuration, one YAML file. It is read strictly: what it does not know is an error that
// says file, line and what was expected. What is right beside an error is still used.
//
// It knows no terminal and no network, and never writes the file.
package config
