import { afterEach } from "vitest";
import { closeAll } from "./closing.js";

/* Vitest runs this before each test file, though the files of a worker share its modules. */
afterEach(closeAll);
