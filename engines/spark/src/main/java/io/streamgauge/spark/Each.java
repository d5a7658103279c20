package io.streamgauge.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/**
 * Gives a row, or none, for each row of a partition, in its order, and gathers none: a batch may be
 * larger than memory. It is the first step of every query, hence where a batch that is not to begin
 * any more is held by its {@link Gate}.
 */
public abstract class Each implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;

  private final Gate gate;

  /** For a query with this gate. */
  protected Each(Gate gate) {
    this.gate = gate;
  }

  /** What becomes of a row; null for nothing. */
  protected abstract Row apply(Row row);

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws InterruptedException {
    gate.enter();
    return new Applied(rows);
  }

  private final class Applied implements Iterator<Row> {
    private final Iterator<Row> rows;
    private Row next;

    Applied(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        next = apply(rows.next());
      }
      return next != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Row r = next;
      next = null;
      return r;
    }
  }
}
