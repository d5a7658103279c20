/**
 * The adapter of Apache Storm's core. Begin reading here.
 *
 * <p>Storm runs a topology: spouts bring tuples in, bolts work on them, and groupings say to which
 * task of a bolt a tuple goes. A bolt acknowledges a tuple when it is done with it; what it emits
 * with that tuple as an anchor belongs to the same tree. Storm tells the spout when a whole tree is
 * acknowledged, or has failed or run out of time; then the spout sends the record again. That much
 * is Storm's: reading, queues, trees, the rounds of a checkpoint, when a window fires. Ours are
 * what is written, where state is kept, and what becomes of a record that comes again.
 *
 * <p>An event of job {@code alert} on its way through what {@code Topology} makes:
 *
 * <pre>
 * input    >  0-parse-spout      ~  0-parse-bolt         StageBolt: decode, validate             a
 * stage 1  >  1-dedupe-spout     ~  1-dedupe-bolt        DedupeBolt: drops what came before      b
 * stage 2  >  2-enrich-spout     ~  2-enrich-bolt        StageBolt: enrich, calibrate            a
 * stage 3  >  3-detect-spout     ~  3-detect-bolt        DetectBolt: the event, its alert        b
 * stage 4  >  4-summarise-spout  ~  4-summarise-bolt     ClockBolt: its answer; alerts pass      b
 *                                ~  4-summarise-windows  WindowBolt: its window, once final      c
 * output
 *
 * >  a Spout reads, RecordFields makes tuples; each bolt writes to the next topic by a Writer
 * ~  fields grouping by Kafka's partition
 * a  acknowledged in the producer's callback: Kafka has all that came of it
 * b  then too, but Storm keeps it back until the checkpoint with its effect is committed
 * c  when the checkpoint is committed that has it in its window; it is anchored to the tuple of b
 * </pre>
 *
 * <p>A spout commits the offset before which all trees are acknowledged. For a checkpoint a spout
 * of Storm's own sends a tuple through all bolts, upon which those with memory prepare (what has
 * changed goes into a {@code JournalState} and its file), and then another, upon which they commit.
 *
 * <p>A SIGKILL leaves topics, committed offsets and journals. The next life's checkpoint spout,
 * which has a journal too, says whether what was prepared is committed or rolled back. {@code
 * JournalStateProvider} looks there as it opens a state: Storm's windows do not wait for the word.
 * Spouts go on at the committed offset, which lies before the state. {@code Past} knows the records
 * that come again: they are answered as before and do not touch the state. This is at least once:
 * answers may come twice.
 *
 * <p>Time is the header {@code sgt} alone. A partition's clock, its highest event time so far, is
 * state of {@code ClockBolt}; {@code WindowTimes} makes of it the times that Storm is told. Storm's
 * timer decides when a window's result comes, not what is in it.
 *
 * <p>To drain, {@code Running} waits stage by stage until the committed offsets reach the end of
 * the stage's topic; to stop, it does so for a third of the time there is. Spouts and bolts have no
 * part in it. They run until the topology is killed, and the next life answers again what was under
 * way.
 *
 * <p>Order of reading:
 *
 * <ol>
 *   <li>{@code Topology}; {@code Source}, {@code Spout}, {@code Listener}, {@code UnderWay}, {@code
 *       RecordFields}: what a spout emits, and how much of it at once.
 *   <li>{@code StageBolt}, {@code Writer}: a bolt without memory.
 *   <li>{@code OrderedBolt}, {@code Past}, {@code Owners}, then {@code DedupeBolt}, {@code
 *       DetectBolt}, {@code AggregateBolt}, and {@code MessageBolt} with {@code Given}: bolts with
 *       memory, and what replays ask of them.
 *   <li>{@code JournalStateProvider}, {@code Claim}, {@code JournalState}, {@code Journal}: where
 *       Storm keeps state, and the two steps of a checkpoint.
 *   <li>{@code ClockBolt}, {@code WindowTimes}, {@code WindowBolt}, {@code Due}: windows. {@code
 *       StormsWindowsTest} shows what Storm's do by themselves.
 *   <li>{@code StormAdapter}, which {@code Main} starts; {@code Cluster}, {@code Local}, {@code
 *       Remote}, {@code Running}, {@code Mishaps}, {@code Tally}, {@code Waiting}, {@code Lag}:
 *       submitting, watching and killing a topology; {@code Options}, {@code Settings}.
 * </ol>
 */
package io.streamgauge.storm;
