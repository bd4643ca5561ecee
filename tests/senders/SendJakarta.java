import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.MimeMessage;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Properties;

/**
 * Sends one message with Jakarta Mail, STARTTLS required. Usage: SendJakarta default|identity, in the environment of
 * `doormat try`. identity sets mail.smtp.ssl.checkserveridentity.
 */
public class SendJakarta {
    static String env(String name) {
        return System.getenv("DOORMAT_" + name);
    }

    /** The file that Java takes its trust from. */
    static File writeTrustStore() throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        try (InputStream in = new FileInputStream(env("CA"))) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        File file = File.createTempFile("trust", ".jks");
        try (OutputStream out = new FileOutputStream(file)) {
            store.store(out, "changeit".toCharArray());
        }
        return file;
    }

    static Session openSession(boolean identity) {
        Properties properties = new Properties();
        properties.put("mail.smtp.host", env("HOST"));
        properties.put("mail.smtp.port", env("PORT"));
        properties.put("mail.smtp.localhost", env("HELO"));
        properties.put("mail.smtp.timeout", "15000");
        properties.put("mail.smtp.starttls.enable", "true");
        properties.put("mail.smtp.starttls.required", "true");
        if (identity) {
            properties.put("mail.smtp.ssl.checkserveridentity", "true");
        }
        return Session.getInstance(properties);
    }

    static void send(Session session) throws Exception {
        try (InputStream in = new FileInputStream(env("MESSAGE"))) {
            MimeMessage message = new MimeMessage(session, in);
            message.setFrom(env("FROM"));
            message.setRecipients(Message.RecipientType.TO, env("TO"));
            Transport.send(message);
        }
    }

    public static void main(String[] words) throws Exception {
        File trust = writeTrustStore();
        System.setProperty("javax.net.ssl.trustStore", trust.getPath());
        System.setProperty("javax.net.ssl.trustStoreType", "JKS");
        int status = 0;
        try {
            send(openSession(words[0].equals("identity")));
        } catch (Exception exception) {
            for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
                System.out.println(cause);
            }
            status = 1;
        }
        trust.delete();
        System.exit(status);
    }
}
