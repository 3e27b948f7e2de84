package login

import "syscall"

// ofItsOwn puts a program into a group of its own.
var ofItsOwn = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
