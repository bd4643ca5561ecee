#!/usr/bin/perl
# Perl's Net::SMTP.  usage: net_smtp.pl unread|checked, in the environment of `doormat try`.
# unread: nobody looks at what starttls returns, as in many a script; checked: no TLS, no mail.
use strict;
use warnings;
use Net::SMTP;

my ($mode) = @ARGV;
open my $file, '<:raw', $ENV{DOORMAT_MESSAGE} or die "no message: $!\n";
my $message = do { local $/; <$file> };
my $smtp = Net::SMTP->new($ENV{DOORMAT_HOST}, Port => $ENV{DOORMAT_PORT}, Hello => $ENV{DOORMAT_HELO}, Timeout => 12)
    or die "no connection: $@\n";
my $secured = $smtp->starttls(SSL_ca_file => $ENV{DOORMAT_CA}, SSL_hostname => $ENV{DOORMAT_HOST},
    SSL_verifycn_name => $ENV{DOORMAT_HOST});
die "no TLS: ", $smtp->message, "\n" if $mode eq 'checked' && !$secured;
my $done = $smtp->mail($ENV{DOORMAT_FROM}) && $smtp->to($ENV{DOORMAT_TO}) && $smtp->data($message);
print $smtp->message unless $done;
$smtp->quit;
exit($done ? 0 : 1);
