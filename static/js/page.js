// Every page's behaviours; each module reacts to events and data- attributes only.
import "./keep.js";
import "./clock.js";
import "./theme.js";
import "./dialogs.js";
import "./selection.js";
import "./questions.js";
import "./tail.js";
import "./chart.js";
import "./live.js";
