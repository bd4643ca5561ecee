<?php // Symfony Mailer: STARTTLS where it is offered; what it trusts is a setting of PHP's (openssl.cafile).
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
require '/usr/share/php/Symfony/Component/Mime/autoload.php';

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

$transport = Transport::fromDsn(sprintf('smtp://%s:%s?local_domain=%s', getenv('DOORMAT_HOST'), getenv('DOORMAT_PORT'),
    getenv('DOORMAT_HELO')));
$transport->getStream()->setTimeout(12);
$text = preg_replace('/^.*?\r?\n\r?\n/s', '', file_get_contents(getenv('DOORMAT_MESSAGE')));
$mail = (new Email())->from(getenv('DOORMAT_FROM'))->to(getenv('DOORMAT_TO'))->subject('probe')->text($text);
try {
    (new Mailer($transport))->send($mail);
} catch (Throwable $error) {
    echo $error->getMessage(), "\n";
    exit(1);
}
