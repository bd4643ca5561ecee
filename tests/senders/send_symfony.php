<?php
// Sends one message with Symfony Mailer, by the DSN smtp://HOST:PORT.  In the environment of `doormat try`.
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
require '/usr/share/php/Symfony/Component/Mime/autoload.php';

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

$message = str_replace("\r\n", "\n", file_get_contents(getenv('DOORMAT_MESSAGE')));
[, $body] = explode("\n\n", $message, 2);
$transport = Transport::fromDsn('smtp://' . getenv('DOORMAT_HOST') . ':' . getenv('DOORMAT_PORT') . '?local_domain=' . getenv('DOORMAT_HELO'));
$transport->getStream()->setTimeout(15);
$email = (new Email())->from(getenv('DOORMAT_FROM'))->to(getenv('DOORMAT_TO'))->subject('probe')->text($body);
try {
    (new Mailer($transport))->send($email);
} catch (Throwable $error) {
    echo $error->getMessage(), "\n";
    exit(1);
}
