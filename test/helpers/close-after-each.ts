import { afterAll, aroundEach } from "vitest";
import { closeFile, runAndClose } from "./closing.js";

/* Vitest runs this before each test file, though the files of a worker share its modules. */
aroundEach(runAndClose);
afterAll(closeFile);
