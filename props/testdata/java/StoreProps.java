import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

/** Reads base64 texts, one a line, and prints for each the line that Properties.store
 *  writes for a pair whose key and value are both that text. */
public class StoreProps {
  public static void main(String[] a) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    StringBuilder all = new StringBuilder();
    for (String line; (line = in.readLine()) != null; ) {
      String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
      Properties p = new Properties();
      p.setProperty(text, text);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      p.store(out, null);
      String s = out.toString(StandardCharsets.ISO_8859_1);
      all.append(s.substring(s.indexOf('\n') + 1)); // behind the date
    }
    System.out.print(all);
  }
}
