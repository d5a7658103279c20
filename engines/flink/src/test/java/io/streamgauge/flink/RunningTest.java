package io.streamgauge.flink;

import static org.apache.flink.runtime.execution.ExecutionState.DEPLOYING;
import static org.apache.flink.runtime.execution.ExecutionState.RUNNING;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.instance.SlotSharingGroupId;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.rest.messages.job.JobDetailsInfo.JobVertexDetailsInfo;
import org.apache.flink.runtime.rest.messages.job.metrics.IOMetricsInfo;
import org.junit.jupiter.api.Test;

/** An engine that says it is ready can be told to stop, which a job without tasks refuses. */
class RunningTest {
  private static AccessExecutionVertex task(ExecutionState state) {
    return (AccessExecutionVertex)
        Proxy.newProxyInstance(
            RunningTest.class.getClassLoader(),
            new Class<?>[] {AccessExecutionVertex.class},
            (proxy, method, arguments) -> state); // it is asked for nothing else
  }

  private static JobVertexDetailsInfo vertex(Map<ExecutionState, Integer> tasks) {
    IOMetricsInfo metrics = new IOMetricsInfo(0, false, 0, false, 0, false, 0, false, 0, 0, 0);
    return new JobVertexDetailsInfo(
        new JobVertexID(), new SlotSharingGroupId(), "v", 2, 2, RUNNING, 0, 0, 0, tasks, metrics);
  }

  @Test
  void inOneProcessAllTasksRunAndThereAreSome() {
    assertFalse(InProcess.running(List.of()));
    assertFalse(InProcess.running(List.of(task(RUNNING), task(DEPLOYING))));
    assertTrue(InProcess.running(List.of(task(RUNNING), task(RUNNING))));
  }

  @Test
  void onAClusterAllTasksRunAndThereAreSome() {
    assertFalse(OverRest.running(List.of()));
    assertFalse(OverRest.running(List.of(vertex(Map.of(RUNNING, 1, DEPLOYING, 1)))));
    assertTrue(OverRest.running(List.of(vertex(Map.of(RUNNING, 2)))));
  }
}
