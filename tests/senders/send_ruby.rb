# Sends one message with Ruby's Net::SMTP as it comes, which takes TLS where it is offered.  In the environment of `doormat try`.
ENV['SSL_CERT_FILE'] = ENV['DOORMAT_CA'] # what OpenSSL trusts by default
require 'net/smtp'

smtp = Net::SMTP.new(ENV['DOORMAT_HOST'], ENV['DOORMAT_PORT'].to_i)
smtp.open_timeout = smtp.read_timeout = 15
begin
  smtp.start(ENV['DOORMAT_HELO']) do |session|
    session.send_message(File.binread(ENV['DOORMAT_MESSAGE']), ENV['DOORMAT_FROM'], ENV['DOORMAT_TO'])
  end
rescue StandardError => error
  puts error.class, error.message
  exit 1
end
