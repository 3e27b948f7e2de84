// Package home finds the user's folder.
package home

import (
	"os"
	"os/user"
)

// Folder returns the user's folder, or "" if there is none. Without the variable HOME it is that of
// the list of users, as in Node.
func Folder() string {
	folder, err := os.UserHomeDir()
	if err == nil {
		return folder
	}
	if _, isSet := os.LookupEnv("HOME"); isSet { // to nothing
		return ""
	}
	current, err := user.Current()
	if err != nil {
		return ""
	}
	return current.HomeDir
}
