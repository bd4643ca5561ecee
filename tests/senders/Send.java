// Jakarta Mail.  usage: Send required|identity, in the environment of `doormat try`.
// required: starttls.required, as its documentation shows it; identity: and ssl.checkserveridentity, off by default here.
import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.MimeMessage;
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Send {
    private static javax.net.ssl.SSLSocketFactory trust(String path) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream in = new FileInputStream(path)) {
            store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    public static void main(String[] words) throws Exception {
        Properties settings = new Properties();
        settings.put("mail.smtp.host", System.getenv("DOORMAT_HOST"));
        settings.put("mail.smtp.port", System.getenv("DOORMAT_PORT"));
        settings.put("mail.smtp.localhost", System.getenv("DOORMAT_HELO"));
        settings.put("mail.smtp.from", System.getenv("DOORMAT_FROM"));
        settings.put("mail.smtp.starttls.enable", "true");
        settings.put("mail.smtp.starttls.required", "true");
        settings.put("mail.smtp.timeout", "12000");
        settings.put("mail.smtp.ssl.checkserveridentity", String.valueOf(words[0].equals("identity")));
        settings.put("mail.smtp.ssl.socketFactory", trust(System.getenv("DOORMAT_CA")));
        try (FileInputStream in = new FileInputStream(System.getenv("DOORMAT_MESSAGE"))) {
            MimeMessage message = new MimeMessage(Session.getInstance(settings), in);
            message.setRecipients(Message.RecipientType.TO, System.getenv("DOORMAT_TO"));
            Transport.send(message);
        } catch (jakarta.mail.MessagingException error) {
            for (Throwable at = error; at != null; at = at.getCause())
                System.out.println(at);
            System.exit(1);
        }
        System.exit(0);
    }
}
