<?php // A dialogue by hand, as in many a script: nobody looks at what stream_socket_enable_crypto returns.
$wire = stream_socket_client('tcp://' . getenv('DOORMAT_HOST') . ':' . getenv('DOORMAT_PORT'), $code, $error, 12,
    STREAM_CLIENT_CONNECT, stream_context_create(['ssl' => ['cafile' => getenv('DOORMAT_CA'),
        'peer_name' => getenv('DOORMAT_HOST')]])) ?: exit(1);
stream_set_timeout($wire, 5);

function command($wire, $text) {
    if ($text !== null)
        fwrite($wire, $text . "\r\n");
    do
        $line = fgets($wire);
    while ($line !== false && substr($line, 3, 1) === '-');
    return $line;
}

command($wire, null);
command($wire, 'EHLO ' . getenv('DOORMAT_HELO'));
command($wire, 'STARTTLS');
stream_socket_enable_crypto($wire, true, STREAM_CRYPTO_METHOD_TLS_CLIENT);
command($wire, 'EHLO ' . getenv('DOORMAT_HELO'));
command($wire, 'MAIL FROM:<' . getenv('DOORMAT_FROM') . '>');
command($wire, 'RCPT TO:<' . getenv('DOORMAT_TO') . '>');
command($wire, 'DATA');
fwrite($wire, preg_replace('/^\./m', '..', file_get_contents(getenv('DOORMAT_MESSAGE'))) . "\r\n");
echo $last = command($wire, '.');
command($wire, 'QUIT');
exit(substr($last, 0, 3) === '250' ? 0 : 1);
