#!/usr/bin/env escript
%% Sends one message with Erlang's ssl, STARTTLS insisted on and the certificate checked.  In the environment of `doormat try`.

main(_) ->
    {ok, _} = application:ensure_all_started(ssl),
    Hello = ["EHLO ", env("HELO"), "\r\n"],
    {ok, Plain} = gen_tcp:connect(env("HOST"), list_to_integer(env("PORT")), [binary, {active, false}, {packet, line}], 10000),
    read(gen_tcp, Plain, $2),
    say(gen_tcp, Plain, Hello, $2),
    say(gen_tcp, Plain, "STARTTLS\r\n", $2),
    inet:setopts(Plain, [{packet, raw}]),
    case ssl:connect(Plain, options(), 10000) of
        {ok, Secure} ->
            ssl:setopts(Secure, [{packet, line}]),
            say(ssl, Secure, Hello, $2),
            say(ssl, Secure, ["MAIL FROM:<", env("FROM"), ">\r\n"], $2),
            say(ssl, Secure, ["RCPT TO:<", env("TO"), ">\r\n"], $2),
            say(ssl, Secure, "DATA\r\n", $3),
            say(ssl, Secure, "Subject: probe\r\n\r\nhello\r\n.\r\n", $2),
            say(ssl, Secure, "QUIT\r\n", $2),
            ssl:close(Secure);
        Other ->
            fail(Other)
    end.

env(Name) -> os:getenv("DOORMAT_" ++ Name).

options() ->
    [{verify, verify_peer}, {cacertfile, env("CA")}, {server_name_indication, env("HOST")}, {depth, 10}, {log_level, none},
     {customize_hostname_check, [{match_fun, public_key:pkix_verify_hostname_match_fun(https)}]}].

say(Module, Socket, Line, Wanted) ->
    Module:send(Socket, Line),
    read(Module, Socket, Wanted).

%% Reads a whole reply, which has to begin with this digit.
read(Module, Socket, Wanted) ->
    case Module:recv(Socket, 0, 10000) of
        {ok, <<_, _, _, $-, _/binary>>} -> read(Module, Socket, Wanted);
        {ok, <<Wanted, _/binary>>} -> ok;
        Other -> fail(Other)
    end.

fail(Why) ->
    io:format("~p~n", [Why]),
    halt(1).
