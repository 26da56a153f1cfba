import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.*;

/**
 * Says what java.security.KeyStore says about keystores.
 *
 * Without arguments it reads lines of a file name, a tab and either "-" (no
 * password) or "+" and the password in Base64, and prints a JSON object a line.
 * With the arguments "-text FILE PASSWORD" it prints one store for people.
 */
public class ListStore {
    record Item(String alias, String kind, Long created, List<X509Certificate> chain) {}

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        if (args.length == 3 && args[0].equals("-text")) {
            out.print(text(Files.readAllBytes(Path.of(args[1])), args[2].toCharArray()));
        } else {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line; (line = in.readLine()) != null; ) {
                String[] f = line.split("\t", -1);
                char[] pw = f[1].equals("-") ? null
                    : new String(Base64.getDecoder().decode(f[1].substring(1)), StandardCharsets.UTF_8).toCharArray();
                out.println(json(f[0], Files.readAllBytes(Path.of(f[0])), pw));
            }
        }
        out.flush();
    }

    /** JKS is read as CaseExactJKS, which has the same bytes and can look up what it lists. */
    static String type(byte[] d) {
        if (d.length >= 4) {
            int m = (d[0] & 255) << 24 | (d[1] & 255) << 16 | (d[2] & 255) << 8 | d[3] & 255;
            if (m == 0xFEEDFEED) return "CaseExactJKS";
            if (m == 0xCECECECE) return "JCEKS";
        }
        return "PKCS12";
    }

    static List<Item> load(byte[] data, char[] pw) throws Exception {
        String type = type(data);
        KeyStore ks = KeyStore.getInstance(type);
        ks.load(new ByteArrayInputStream(data), pw);
        List<Item> items = new ArrayList<>();
        for (String alias : new TreeSet<>(Collections.list(ks.aliases()))) {
            String kind = "unreachable";
            if (ks.isCertificateEntry(alias)) kind = "trusted";
            else if (!type.endsWith("JKS") && ks.entryInstanceOf(alias, KeyStore.SecretKeyEntry.class)) kind = "secret";
            else if (ks.isKeyEntry(alias)) kind = "key";
            Certificate[] chain = ks.getCertificateChain(alias);
            if (kind.equals("trusted")) chain = new Certificate[] { ks.getCertificate(alias) };
            List<X509Certificate> certs = new ArrayList<>();
            if (chain != null) for (Certificate c : chain) certs.add((X509Certificate) c);
            Date d = ks.getCreationDate(alias);
            items.add(new Item(alias, kind, d == null ? null : d.getTime(), certs));
        }
        return items;
    }

    static String text(byte[] data, char[] pw) throws Exception {
        StringBuilder b = new StringBuilder();
        b.append("password ").append(quote(new String(pw))).append('\n');
        long before = System.currentTimeMillis();
        try {
            for (Item i : load(data, pw)) {
                b.append(i.kind).append(' ').append(quote(i.alias));
                // PKCS12 without a date gives the time of reading: that is no date.
                if (i.created != null && i.created < before) b.append(", created ").append(Instant.ofEpochMilli(i.created));
                b.append('\n');
                for (X509Certificate c : i.chain)
                    b.append("  ").append(hex(c, ":")).append(' ').append(c.getSubjectX500Principal()).append('\n');
            }
        } catch (Exception e) {
            b.append("refused\n# ").append(e).append('\n');
        }
        return b.toString();
    }

    static String json(String name, byte[] data, char[] pw) {
        StringBuilder b = new StringBuilder("{\"file\":" + quote(name));
        try {
            List<Item> items = load(data, pw);
            b.append(",\"ok\":true,\"type\":").append(quote(type(data))).append(",\"entries\":[");
            String sep = "";
            for (Item i : items) {
                b.append(sep).append("{\"alias\":").append(quote(i.alias)).append(",\"kind\":").append(quote(i.kind));
                b.append(",\"created\":").append(i.created).append(",\"chain\":[");
                String sep2 = "";
                for (X509Certificate c : i.chain) {
                    b.append(sep2).append(quote(hex(c, "").toLowerCase(Locale.ROOT)));
                    sep2 = ",";
                }
                b.append("]}");
                sep = ",";
            }
            return b.append("]}").toString();
        } catch (Throwable e) {
            return b.append(",\"ok\":false,\"error\":")
                .append(quote(e + (e.getCause() == null ? "" : " / " + e.getCause()))).append("}").toString();
        }
    }

    static String hex(X509Certificate c, String sep) throws Exception {
        return HexFormat.ofDelimiter(sep).withUpperCase().formatHex(MessageDigest.getInstance("SHA-256").digest(c.getEncoded()));
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') b.append('\\').append(c);
            else if (c < 0x20 || c > 0x7e) b.append(String.format("\\u%04x", (int) c));
            else b.append(c);
        }
        return b.append('"').toString();
    }
}
