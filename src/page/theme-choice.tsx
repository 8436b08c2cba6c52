import { useLayoutEffect, useState } from "preact/hooks";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const KEPT_AS = "live-odds-theme";

/** Light, dark, or as the system has it: somebody's own taste, so it is kept here and not in the address. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(keptTheme);
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEPT_AS, theme);
    } catch {
      // Storage may be forbidden: then it lasts until the page is left.
    }
  }, [theme]);
  return (
    <label class="field">
      <span>Theme</span>
      <select
        id="theme"
        value={theme}
        onChange={({ currentTarget }) =>
          setTheme(THEMES.find((each) => each === currentTarget.value) ?? "system")
        }
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

function keptTheme(): Theme {
  try {
    return THEMES.find((each) => each === localStorage.getItem(KEPT_AS)) ?? "system";
  } catch {
    return "system";
  }
}
