import java.io.*;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.util.*;

/** java LoadProps.java FILE KEYS: for each number N that it reads, loads FILE (from memory) N times
 *  with java.util.Properties, gets every line of KEYS as a key each time, and prints the nanoseconds,
 *  the processor time of the whole JVM, and the bytes allocated, for all N, and the length of all values. It prints its heap limit first. */
public class LoadProps {
  public static void main(String[] a) throws Exception {
    byte[] data = Files.readAllBytes(Path.of(a[0]));
    String[] keys = Files.readAllLines(Path.of(a[1])).toArray(new String[0]);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long self = Thread.currentThread().getId();
    System.out.println(Runtime.getRuntime().maxMemory());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      int n = Integer.parseInt(line.trim());
      long total = 0, cpu = system.getProcessCpuTime(), bytes = threads.getThreadAllocatedBytes(self), start = System.nanoTime();
      for (int i = 0; i < n; i++) {
        Properties p = new Properties();
        p.load(new ByteArrayInputStream(data));
        for (String k : keys) total += p.getProperty(k).length();
      }
      long ns = System.nanoTime() - start;
      System.out.println(ns + " " + (system.getProcessCpuTime() - cpu) + " " + (threads.getThreadAllocatedBytes(self) - bytes) + " " + total / n);
    }
  }
}
