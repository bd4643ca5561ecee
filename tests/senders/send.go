// Go's net/smtp.  usage: send sendmail|starttls, in the environment of `doormat try`.
// sendmail: smtp.SendMail, which takes STARTTLS where it is offered, and trusts SSL_CERT_FILE; starttls: StartTLS, or nothing.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/smtp"
	"os"
)

func startTLS(address, host string, message []byte) error {
	pem, err := os.ReadFile(os.Getenv("DOORMAT_CA"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client, err := smtp.Dial(address)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.StartTLS(&tls.Config{ServerName: host, RootCAs: roots}); err != nil {
		return err
	}
	if err := client.Mail(os.Getenv("DOORMAT_FROM")); err != nil {
		return err
	}
	if err := client.Rcpt(os.Getenv("DOORMAT_TO")); err != nil {
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

func send() error {
	host := os.Getenv("DOORMAT_HOST")
	address := host + ":" + os.Getenv("DOORMAT_PORT")
	message, err := os.ReadFile(os.Getenv("DOORMAT_MESSAGE"))
	if err != nil {
		return err
	}
	if os.Args[1] == "starttls" {
		return startTLS(address, host, message)
	}
	return smtp.SendMail(address, nil, os.Getenv("DOORMAT_FROM"), []string{os.Getenv("DOORMAT_TO")}, message)
}

func main() {
	if err := send(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
