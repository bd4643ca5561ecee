// Sends one message with nodemailer.  Usage: send_nodemailer.js required|optional|insecure|implicit, in the environment
// of `doormat try`; NODE_PATH says where nodemailer is.  The message goes as it is (raw), not composed anew.
'use strict';
const fs = require('fs');
const nodemailer = require('nodemailer');

const env = process.env;
const mode = process.argv[2];
const implicit = mode === 'implicit';
const transport = nodemailer.createTransport({
  host: env.DOORMAT_HOST,
  port: Number(implicit ? env.DOORMAT_TLS_PORT : env.DOORMAT_PORT),
  secure: implicit,
  requireTLS: mode === 'required',
  name: env.DOORMAT_HELO,
  connectionTimeout: 10000,
  socketTimeout: 15000,
  tls: mode === 'insecure' ? { rejectUnauthorized: false } : { ca: fs.readFileSync(env.DOORMAT_CA) },
});

transport
  .sendMail({ envelope: { from: env.DOORMAT_FROM, to: env.DOORMAT_TO }, raw: fs.readFileSync(env.DOORMAT_MESSAGE) })
  .then((info) => console.log(info.response))
  .catch((error) => {
    console.error(`${error.code} ${error.command}: ${error.message}`);
    process.exitCode = 1;
  });
