# Sends one message with Perl's Net::SMTP: STARTTLS as its manual shows it.  With "unread" nobody looks at what came of it.  In the environment of `doormat try`.
use strict;
use warnings;
use Net::SMTP;

my ($host, $port, $ca, $from, $to, $message) = @ENV{map { "DOORMAT_$_" } qw(HOST PORT CA FROM TO MESSAGE)};
my $smtp = Net::SMTP->new($host, Port => $port, Hello => $ENV{DOORMAT_HELO}, Timeout => 15) or die "no connection: $@\n";
open my $file, '<', $message or die "$message: $!\n";
my $text = do { local $/; <$file> };

$smtp->starttls(SSL_ca_file => $ca) or "@ARGV" eq 'unread' or die 'starttls: ' . $smtp->message . "\n";
$smtp->mail($from) && $smtp->to($to) && $smtp->data($text) or die 'mail: ' . $smtp->message . "\n";
$smtp->quit;
