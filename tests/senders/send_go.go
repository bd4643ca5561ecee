// Sends one message with Go's net/smtp.  Usage: send_go sendmail|starttls, in the environment of `doormat try`.
//
// sendmail is smtp.SendMail, which takes TLS where it is offered; starttls gives up without it.
package main

import (
	"crypto/tls"
	"fmt"
	"net/smtp"
	"os"
	"time"
)

func env(name string) string { return os.Getenv("DOORMAT_" + name) }

func sendWithStartTLS(addr string, message []byte) error {
	client, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Hello(env("HELO")); err != nil {
		return err
	}
	if err := client.StartTLS(&tls.Config{ServerName: env("HOST")}); err != nil {
		return err
	}
	if err := client.Mail(env("FROM")); err != nil {
		return err
	}
	if err := client.Rcpt(env("TO")); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write(message); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	return client.Quit()
}

func send(mode string) error {
	message, err := os.ReadFile(env("MESSAGE"))
	if err != nil {
		return err
	}
	addr := env("HOST") + ":" + env("PORT")
	if mode == "sendmail" {
		return smtp.SendMail(addr, nil, env("FROM"), []string{env("TO")}, message)
	}
	return sendWithStartTLS(addr, message)
}

func main() {
	// What the system trusts is read at the first handshake.
	os.Setenv("SSL_CERT_FILE", env("CA"))
	os.Setenv("SSL_CERT_DIR", "/nonexistent")
	// net/smtp knows no time limit.
	time.AfterFunc(15*time.Second, func() { fmt.Println("timeout"); os.Exit(1) })
	if err := send(os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
