package login

import (
	"os"
	"os/exec"
	"runtime"

	"github.com/fetchtoken/fetchtoken/cmd/fetchtoken/internal/execute"
)

// openers are the programs that open an address, and their arguments before that. Every other
// platform has xdg-open.
var openers = map[string][]string{
	"darwin":  {"open"},
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
}

// openBrowser opens an address of http or https in the user's browser. Where there is no browser
// nothing happens: the address was printed, too.
func openBrowser(url string) {
	opener := openers[runtime.GOOS]
	if opener == nil {
		opener = []string{"xdg-open"}
	}
	cmd := exec.Command(opener[0], append(opener[1:len(opener):len(opener)], url)...)
	cmd.Env = execute.WithoutSecrets(os.Environ())
	cmd.SysProcAttr = ofItsOwn // an interrupt of the terminal is for the command alone
	if cmd.Start() == nil {
		go cmd.Wait()
	}
}
