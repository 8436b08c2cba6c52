import { AppError } from "../errors.js";

/** How many different views one process serves at once. Equal ones are one, whoever has them. */
export const VIEW_LIMITS = {
  /** Of one client, of all sports together. */
  ofClient: 100,
  /** Of one sport. */
  ofSport: 1000,
  /** What the views of a sport may hold together, in boards of it. */
  boards: 20,
  /** How much of that one client's own may hold: those that it had first. Others can make theirs, too. */
  boardsOfClient: 5,
  /** A smaller board counts as one of this weight (see `weightOf`): some 100 KB. */
  leastBoard: 2000,
} as const;

/** A client wants one view more than it may have. */
export function tooManyOfClient(): AppError {
  return new AppError(
    "TOO_MANY_SUBSCRIPTIONS",
    `A client may have ${VIEW_LIMITS.ofClient} different views at once. Take the whole board, or a view that you have already.`,
  );
}

/** A client's own views of a sport hold more than they may. */
export function tooLargeOfClient(): AppError {
  return new AppError(
    "TOO_MANY_SUBSCRIPTIONS",
    `What a client's own views of a sport hold may be ${VIEW_LIMITS.boardsOfClient} boards together. Take the whole board, or a view that others have.`,
  );
}

/** A sport has as many views as it may, or they hold as much. */
export function tooManyOfSport(): AppError {
  return new AppError(
    "TOO_MANY_SUBSCRIPTIONS",
    "This sport has as many different views as it may. Take the whole board, or a view that others have.",
  );
}
