package io.streamgauge.joblib.encoding;

import io.streamgauge.joblib.contract.Job;
import java.util.List;

/** Finds what a job's encode can write, by name. */
public final class Encoders {
  /**
   * The form in which readings are written unless encode says otherwise; there is no encoder of it.
   */
  public static final String CANONICAL = "canonical-json";

  /** What encode can write. */
  public static final List<String> FORMS =
      List.of(
          CANONICAL,
          "avro",
          "avro-registry",
          "cbor",
          "csv",
          "json",
          "line-protocol",
          "msgpack",
          "ndjson",
          "protobuf",
          "senml-cbor",
          "senml-json");

  private Encoders() {}

  /**
   * Makes an encoder of a job's reading.
   *
   * @param form one of {@link #FORMS} but the first
   * @param slots where in the values each metric stands, in ascending order of their names
   * @throws IllegalArgumentException if there is no such form, or it cannot hold the reading
   */
  public static MessageEncoder of(String form, Job.Reading reading, int[] slots) {
    Form f = form(form, reading);
    int[] own = slots.clone();
    return (device, time, values, present) -> {
      Sink out = new Sink();
      f.write(new Written(device, time, values, present, own), out);
      return out.toBytes();
    };
  }

  private static Form form(String name, Job.Reading reading) {
    return switch (name) {
      case "avro" -> SchemaForms.avro(reading, Avro.singleObjectHead(new AvroSchema(reading)));
      case "avro-registry" -> SchemaForms.avro(reading, Avro.registryHead());
      case "cbor" -> new TreeForm(reading, new CborNotation());
      case "csv" -> LineForms.csv(reading);
      case "json" -> new TreeForm(reading, new JsonNotation());
      case "line-protocol" -> LineForms.lineProtocol(reading);
      case "msgpack" -> new TreeForm(reading, new MsgpackNotation());
      case "ndjson" -> line(new TreeForm(reading, new JsonNotation()));
      case "protobuf" -> SchemaForms.protobuf(reading);
      case "senml-cbor" -> SenmlForms.cbor(reading);
      case "senml-json" -> SenmlForms.json(reading);
      default -> throw new IllegalArgumentException("encode: unknown form \"" + name + "\"");
    };
  }

  private static Form line(Form document) {
    return (message, out) -> {
      document.write(message, out);
      out.put('\n');
    };
  }
}
