# Ruby's Net::SMTP.  usage: send.rb auto|required, in the environment of `doormat try`.
# auto: as it comes, STARTTLS where it is offered; required: enable_starttls.  Both trust SSL_CERT_FILE.
require 'net/smtp'

smtp = Net::SMTP.new(ENV['DOORMAT_HOST'], ENV['DOORMAT_PORT'].to_i)
smtp.open_timeout = smtp.read_timeout = 12
smtp.enable_starttls if ARGV[0] == 'required'
begin
  smtp.start(ENV['DOORMAT_HELO']) do |session|
    session.send_message(File.binread(ENV['DOORMAT_MESSAGE']), ENV['DOORMAT_FROM'], ENV['DOORMAT_TO'])
  end
rescue StandardError => e
  puts e.class, e.message
  exit 1
end
