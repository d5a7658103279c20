package io.streamgauge.flink;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;

/** Where a job's tasks run. One job at a time; by one thread, but for what completes later. */
interface JobCluster extends AutoCloseable {
  /**
   * Ends what a killed client has left of the plan's job.
   *
   * @return where its state stands; empty where nothing was left
   */
  Optional<String> takeOver() throws Exception;

  /**
   * How far a job came that has ended.
   *
   * @return the place of its newest checkpoint or savepoint, {@link Checkpoints#BEGINNING} where it
   *     completed none; empty where the cluster does not know it
   */
  Optional<String> reached(JobID ended) throws Exception;

  /** Starts a job. */
  void submit(JobGraph graph) throws Exception;

  /** Whether every task runs: it has its state, and takes what comes. */
  boolean running() throws Exception;

  /** Completes when the job has come to an end, whichever. */
  CompletableFuture<JobResult> result();

  /** Ends the job with a savepoint below a folder, without firing windows; gives its place. */
  CompletableFuture<String> stop(String folder);

  /** Ends the job at once. */
  CompletableFuture<?> cancel();

  /** Lets go of everything, and ends the job if it still runs, within about two seconds. */
  @Override
  void close();
}
