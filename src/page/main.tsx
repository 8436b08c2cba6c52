import { render } from "preact";
import { App } from "./app.js";
import "./page.css";
import "./rail.css";
import "./board/board.css";

const page = document.getElementById("page");
if (page) render(<App />, page);
