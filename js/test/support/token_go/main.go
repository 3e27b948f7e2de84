// Command token_go gets tokens as the lines of its input say, and prints each of them, or the
// error, as JSON. The tests of assertions and of token exchange run it.
//
// A line with a configuration, or with the name of a credentials file, begins a new Client. Any
// other line has the Client renew its token.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/fetchtoken/fetchtoken"
	"golang.org/x/oauth2"
)

// A line is one line of the input.
type line struct {
	Config      *fetchtoken.Config
	File        string   // a credentials file
	Environment bool     // the variables of this process
	Scope       []string // beside File or Environment
}

type answer struct {
	AccessToken     string `json:"access_token,omitempty"`
	TokenType       string `json:"token_type,omitempty"`
	RefreshToken    string `json:"refresh_token,omitempty"`
	IssuedTokenType any    `json:"issued_token_type,omitempty"`
	Code            string `json:"code,omitempty"`
	Error           string `json:"error,omitempty"`
	Hint            string `json:"hint,omitempty"`
	Status          int    `json:"status,omitempty"`
	Message         string `json:"message,omitempty"`
	Printed         string `json:"printed,omitempty"` // the error in every detail
}

func main() {
	log.SetFlags(0)
	input, output := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	var client *fetchtoken.Client
	for input.Scan() {
		var given line
		if err := json.Unmarshal(input.Bytes(), &given); err != nil {
			log.Fatal(err)
		}
		var token *oauth2.Token
		made, err := given.client()
		switch {
		case err != nil:
		case made != nil:
			client = made
			token, err = client.Token()
		default:
			token, err = client.Renew(context.Background())
		}
		if err := output.Encode(told(token, err)); err != nil {
			log.Fatal(err)
		}
	}
}

// client returns nil if the line has nothing to make a Client of.
func (l line) client() (*fetchtoken.Client, error) {
	var config fetchtoken.Config
	var err error
	switch {
	case l.Config != nil:
		config = *l.Config
	case l.File != "":
		config, err = fetchtoken.LoadFile(l.File)
	case l.Environment:
		config, err = fetchtoken.LoadEnvironment()
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if l.Scope != nil {
		config.Scope = l.Scope
	}
	return fetchtoken.New(config, nil)
}

func told(token *oauth2.Token, err error) answer {
	if err == nil {
		return answer{
			AccessToken: token.AccessToken, TokenType: token.TokenType, RefreshToken: token.RefreshToken,
			IssuedTokenType: token.Extra("issued_token_type"),
		}
	}
	a := answer{Message: err.Error(), Printed: fmt.Sprintf("%v %+v %#v", err, err, err)}
	if failed, ok := errors.AsType[*fetchtoken.TokenError](err); ok {
		a.Code, a.Error, a.Hint = string(failed.Code), failed.OAuthError, failed.Hint
		a.Status = failed.Status
	}
	return a
}
