<?php
// Sends one message with PHPMailer as its manual shows it.  In the environment of `doormat try`.
foreach (['Exception', 'PHPMailer', 'SMTP'] as $class) {
    require "/usr/share/php/libphp-phpmailer/src/$class.php";
}

$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv('DOORMAT_HOST');
$mail->Port = (int)getenv('DOORMAT_PORT');
$mail->Hostname = getenv('DOORMAT_HELO');
$mail->Timeout = 15;
$mail->SMTPSecure = 'tls';
$message = str_replace("\r\n", "\n", file_get_contents(getenv('DOORMAT_MESSAGE')));
[, $body] = explode("\n\n", $message, 2);
try {
    $mail->setFrom(getenv('DOORMAT_FROM'));
    $mail->addAddress(getenv('DOORMAT_TO'));
    $mail->Subject = 'probe';
    $mail->Body = $body;
    $mail->send();
} catch (Exception $exception) {
    echo $exception->getMessage(), "\n";
    exit(1);
}
