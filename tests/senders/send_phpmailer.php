<?php // PHPMailer, told to use STARTTLS; what it trusts is a setting of PHP's (openssl.cafile).
require '/usr/share/php/libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\PHPMailer;

$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('DOORMAT_HOST');
$mail->Port = (int) getenv('DOORMAT_PORT');
$mail->Helo = getenv('DOORMAT_HELO');
$mail->Timeout = 12;
$mail->SMTPSecure = PHPMailer::ENCRYPTION_STARTTLS;
$mail->setFrom(getenv('DOORMAT_FROM'));
$mail->addAddress(getenv('DOORMAT_TO'));
$mail->Subject = 'probe';
$mail->Body = preg_replace('/^.*?\r?\n\r?\n/s', '', file_get_contents(getenv('DOORMAT_MESSAGE')));
try {
    $mail->send();
} catch (Exception $error) {
    echo $error->getMessage(), "\n";
    exit(1);
}
