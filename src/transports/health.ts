import { Router } from "express";

/** What the probes are told; computed from memory, as a probe must be cheap. */
export interface Vitals {
  /** `starting`, `ready` or `draining`. */
  readonly phase: () => "starting" | "ready" | "draining";
  /** Why it is not all it should be, such as `CLUSTER_UNAVAILABLE`; it should get traffic all the same. */
  readonly degraded: () => readonly string[];
  /** Fields of `/health` besides `status` and `uptime`. */
  readonly health: () => Record<string, unknown> & { websocket: number };
}

/** What health probes ask: `/health` tells whether the process lives, `/ready` whether it should get traffic. */
export function healthRouter(vitals: Vitals): Router {
  const began = performance.now();
  const router = Router();
  router.get("/health", (_request, response) => {
    response.json({
      status: "ok",
      uptime: Math.round((performance.now() - began) / 1000),
      phase: vitals.phase(),
      ...vitals.health(),
    });
  });
  router.get("/ready", (_request, response) => {
    const phase = vitals.phase();
    const degraded = vitals.degraded();
    response
      .status(phase === "ready" ? 200 : 503)
      .json({ status: phase, ...(degraded.length > 0 ? { degraded } : {}) });
  });
  return router;
}
