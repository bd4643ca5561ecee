<?php
// Sends one message by hand, as old scripts do: what stream_socket_enable_crypto() returns is not read, and no reply is.
// In the environment of `doormat try`.
$socket = stream_socket_client('tcp://' . getenv('DOORMAT_HOST') . ':' . getenv('DOORMAT_PORT'), $number, $why, 15);
if (!$socket) {
    echo "$why\n";
    exit(1);
}
stream_set_timeout($socket, 5);
stream_context_set_option($socket, 'ssl', 'verify_peer', false);
stream_context_set_option($socket, 'ssl', 'verify_peer_name', false);

function say($socket, $line) {
    if ($line !== null) {
        @fwrite($socket, $line . "\r\n");
    }
    do {
        $reply = fgets($socket, 4096);
    } while ($reply !== false && substr($reply, 3, 1) == '-');
}

$helo = 'EHLO ' . getenv('DOORMAT_HELO');
say($socket, null);
say($socket, $helo);
say($socket, 'STARTTLS');
@stream_socket_enable_crypto($socket, true, STREAM_CRYPTO_METHOD_ANY_CLIENT);
say($socket, $helo);
say($socket, 'MAIL FROM:<' . getenv('DOORMAT_FROM') . '>');
say($socket, 'RCPT TO:<' . getenv('DOORMAT_TO') . '>');
say($socket, 'DATA');
say($socket, rtrim(file_get_contents(getenv('DOORMAT_MESSAGE')), "\r\n") . "\r\n.");
say($socket, 'QUIT');
