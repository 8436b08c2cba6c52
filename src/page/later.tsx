import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of the page that is loaded when it is first looked at. */
export function Later<Props extends object>({
  load,
  props,
}: {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
}) {
  const [Loaded, setLoaded] = useState<ComponentType<Props> | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isGone = false;
    load().then(
      (component) => isGone || setLoaded(() => component),
      () => isGone || setFailed(true),
    );
    return () => {
      isGone = true;
    };
  }, []);
  if (Loaded) return <Loaded {...props} />;
  return (
    <p class="empty" role={failed ? "alert" : undefined}>
      {failed ? "This part of the page could not be loaded: load the page again." : "Loading…"}
    </p>
  );
}
