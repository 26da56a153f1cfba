import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;

/**
 * Loads a keystore again and again: LoadStore TYPE FILE PASSWORD ENTRIES. For
 * each line on standard input it loads once and prints the nanoseconds and the
 * processor time of the whole JVM, so that a caller can take turns with it. The
 * limit of the heap is printed first.
 */
public class LoadStore {
    public static void main(String[] args) throws Exception {
        byte[] data = Files.readAllBytes(Path.of(args[1]));
        char[] password = args[2].toCharArray();
        int entries = Integer.parseInt(args[3]);
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int i = 0; i < 20; i++) load(args[0], data, password, entries);
        System.out.println(Runtime.getRuntime().maxMemory());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        while (in.readLine() != null) {
            long cpu = system.getProcessCpuTime(), start = System.nanoTime();
            load(args[0], data, password, entries);
            System.out.println((System.nanoTime() - start) + " " + (system.getProcessCpuTime() - cpu));
        }
    }

    static void load(String type, byte[] data, char[] password, int entries) throws Exception {
        KeyStore ks = KeyStore.getInstance(type);
        ks.load(new ByteArrayInputStream(data), password);
        if (ks.size() != entries) throw new IllegalStateException(ks.size() + " entries");
    }
}
