interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, words: string])[];
  readonly choose: (value: T) => void;
}

/** One of several, in a list that folds out. */
export function Choice<T extends string>({ name, value, options, choose }: ChoiceProps<T>) {
  return (
    <label class="field">
      <span>{name}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = options.find(([each]) => each === currentTarget.value);
          if (chosen) choose(chosen[0]);
        }}
      >
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One of a few, all of them in sight. */
export function SideBySide<T extends string>({ name, value, options, choose }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{name}</legend>
      {options.map(([each, words]) => (
        <label key={each}>
          <input
            type="radio"
            name={name.toLowerCase()}
            value={each}
            checked={each === value}
            onChange={() => choose(each)}
          />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}
