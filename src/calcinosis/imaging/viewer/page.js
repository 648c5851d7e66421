"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const objects = data.measurement.deposits;
  const byId = new Map(objects.map((one) => [one.id, one]));
  const rows = [...document.querySelectorAll("tr[data-id]")];
  const element = (id) => document.getElementById(id);
  const classes = new Map();
  const notes = new Map();
  const splits = new Map();
  const merges = [];
  const keys = { d: "deposit", b: "bone", v: "vessel", m: "metal", i: "indeterminate" };
  const moves = { arrowleft: [1, 0, 0], arrowright: [-1, 0, 0], arrowup: [0, 1, 0], arrowdown: [0, -1, 0] };
  let chosen = null;
  let saved = true;
  let viewer = null;

  const rowOf = (id) => element(`row-${id}`);

  function choose(id) {
    const one = byId.get(id);
    if (!one) return;
    if (chosen) rowOf(chosen).classList.remove("chosen");
    chosen = id;
    const row = rowOf(id);
    row.classList.add("chosen");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    element("noted").textContent = id;
    element("note").value = notes.get(id) || "";
    if (viewer) {
      const [x, y, z] = one.centroid_lps_mm;
      viewer.scene.crosshairPos = viewer.mm2frac([-x, -y, z]);
      viewer.createOnLocationChange();
      viewer.drawScene();
    }
  }

  function step(by) {
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.dataset.id === chosen);
    choose(rows[Math.min(rows.length - 1, Math.max(0, at + by))].dataset.id);
  }

  function decide(id, kind) {
    const row = rowOf(id);
    row.querySelector(".choice").value = kind;
    if (kind === byId.get(id).class) classes.delete(id);
    else classes.set(id, kind);
    row.classList.toggle("changed", classes.has(id));
    row.querySelector(".said").textContent = kind;
    show();
  }

  function mergeTicked() {
    const ticked = rows.filter((row) => row.querySelector(".tick").checked);
    if (ticked.length < 2) return say("Tick at least two objects to merge.");
    merges.push(ticked.map((row) => row.dataset.id));
    ticked.forEach((row) => { row.querySelector(".tick").checked = false; });
    show();
  }

  function splitHere() {
    if (!chosen || !viewer) return;
    const [x, y, z] = viewer.frac2mm(viewer.scene.crosshairPos);
    const round = (value) => Math.round(value * 100) / 100 + 0;
    splits.set(chosen, [...(splits.get(chosen) || []), [round(-x), round(-y), round(z)]]);
    show();
  }

  function undo(id) {
    decide(id, byId.get(id).class);
    notes.delete(id);
    splits.delete(id);
    for (let n = merges.length - 1; n >= 0; n--) if (merges[n].includes(id)) merges.splice(n, 1);
    element("note").value = "";
    show();
  }

  // A note alone confirms the class; class and split are two decisions, in this order.
  function decisions() {
    const list = [];
    for (const one of objects) {
      const note = notes.get(one.id) ? { note: notes.get(one.id) } : {};
      if (classes.has(one.id) || notes.has(one.id)) list.push({ id: one.id, class: classes.get(one.id) || one.class, ...note });
      if ((splits.get(one.id) || []).length > 1) list.push({ id: one.id, split: splits.get(one.id) });
    }
    return [...list, ...merges.map((ids) => ({ merge: ids }))];
  }

  // Where the objects decided on lie, so that the decisions are not taken for those of another measurement.
  function places(list) {
    const ids = list.flatMap((one) => one.merge || [one.id]);
    return Object.fromEntries(ids.filter((id) => byId.has(id)).map((id) => [id, byId.get(id).centroid_lps_mm]));
  }

  const say = (text) => { element("pending").textContent = text; };

  function show() {
    const list = decisions();
    saved = !list.length;
    say(list.length ? `${list.length} decisions, not saved yet.` : "No decision yet.");
    const waiting = [...splits].filter(([, seeds]) => seeds.length === 1).map(([id]) => `${id}: one point set, a split needs two`);
    element("decided").replaceChildren(...[...list.map(words), ...waiting].map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  }

  function words(one) {
    if (one.merge) return `merge ${one.merge.join(", ")}`;
    const parts = [one.class && `is ${one.class}`, one.split && `split at ${one.split.length} points`, one.note && `note: ${one.note}`];
    return `${one.id} ${parts.filter(Boolean).join(", ")}`;
  }

  function save(event) {
    event.preventDefault();
    const earlier = data.earlier || {};
    const list = decisions();
    const body = {
      reader: element("reader").value.trim(),
      date: new Date().toISOString().slice(0, 10),
      series_uid: data.measurement.series_uid,
      objects: { ...places(list), ...earlier.objects },
      decisions: [...(earlier.decisions || []), ...list],
    };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(body, null, 2) + "\n"], { type: "application/json" }));
    link.download = "decisions.json";
    link.click();
    URL.revokeObjectURL(link.href);
    saved = true;
    say(`${list.length} decisions saved. Run: calcinosis measure SERIES --out DIR --review decisions.json`);
  }

  rows.forEach((row) => {
    row.addEventListener("click", (event) => { if (!event.target.closest("select, input")) choose(row.dataset.id); });
    row.querySelector(".choice").addEventListener("change", (event) => decide(row.dataset.id, event.target.value));
  });
  element("merge").addEventListener("click", mergeTicked);
  element("save").addEventListener("submit", save);
  element("note").addEventListener("input", (event) => {
    if (!chosen) return;
    if (event.target.value.trim()) notes.set(chosen, event.target.value.trim());
    else notes.delete(chosen);
    show();
  });
  window.addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const key = event.key.toLowerCase();
    if (event.shiftKey && moves[key]) movePoint(...moves[key]);
    else if (key === "arrowdown" || key === "arrowup") step(key === "arrowdown" ? 1 : -1);
    else if (key === "pagedown" || key === "pageup") scroll(key === "pagedown" ? -1 : 1);
    else if (!chosen) return;
    else if (keys[key]) decide(chosen, keys[key]);
    else if (key === "u") undo(chosen);
    else if (key === "s") splitHere();
    else if (key === "t") { const tick = rowOf(chosen).querySelector(".tick"); tick.checked = !tick.checked; }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  function scroll(by) {
    movePoint(0, 0, by);
  }

  // Voxels of the scan as shown run to the patient's right, front and head.
  function movePoint(right, front, head) {
    if (viewer) viewer.moveCrosshairInVox(right, front, head);
  }

  function colours() {
    const map = { R: [0], G: [0], B: [0], A: [0], I: [0], labels: [""] };
    data.kinds.forEach((kind, at) => {
      const [red, green, blue] = data.colours[at];
      map.R.push(red); map.G.push(green); map.B.push(blue); map.A.push(170); map.I.push(at + 1); map.labels.push(kind);
    });
    return map;
  }

  // The object nearest to a place, when the place lies within its reach.
  function objectAt(x, y, z) {
    const away = (one) => Math.hypot(one.centroid_lps_mm[0] - x, one.centroid_lps_mm[1] - y, one.centroid_lps_mm[2] - z);
    const near = objects.filter((one) => away(one) <= one.max_diameter_mm / 2 + 0.5);
    return near.sort((a, b) => away(a) - away(b))[0];
  }

  async function start() {
    viewer = new niivue.Niivue({
      show3Dcrosshair: true, crosshairWidth: 0.3, crosshairWidthUnit: "mm", crosshairGap: 12, backColor: [0, 0, 0, 1], crosshairColor: [0.55, 0.8, 1, 0.7], isRadiologicalConvention: true,
      loadingText: "", dragAndDropEnabled: false, logLevel: "error",
    });
    await viewer.attachToCanvas(element("scan"));
    viewer.setSliceType(viewer.sliceTypeMultiplanar);
    const scan = await niivue.NVImage.loadFromBase64({ base64: data.volume, name: "scan.nii.gz", colormap: "gray", cal_min: -160, cal_max: 1000 });
    const labels = await niivue.NVImage.loadFromBase64({ base64: data.classes, name: "classes.nii.gz", opacity: 1 });
    labels.setColormapLabel(colours());
    viewer.addVolume(scan);
    viewer.addVolume(labels);
    viewer.onLocationChange = (place) => {
      const [x, y, z] = place.mm;
      const kind = Math.round(place.values?.[1]?.value || 0);
      const hit = kind ? objectAt(-x, -y, z) : null;
      element("place").textContent = `${-x.toFixed(1) + 0}, ${-y.toFixed(1) + 0}, ${z.toFixed(1)} mm (LPS), about ${Math.round(place.values?.[0]?.value)} HU${hit ? `, ${hit.id}` : ""}`;
    };
    element("window").addEventListener("change", (event) => {
      [scan.cal_min, scan.cal_max] = event.target.value.split(",").map(Number);
      viewer.updateGLVolume();
    });
    element("overlay").addEventListener("change", (event) => viewer.setOpacity(1, event.target.checked ? 1 : 0));
  }

  start()
    .catch(() => { viewer = null; element("place").textContent = "This browser cannot show the scan (WebGL 2 is needed): use the pictures below. Decisions can still be made."; })
    .finally(() => { if (rows.length) choose(rows[0].dataset.id); document.documentElement.dataset.ready = viewer ? "scan" : "pictures"; });
})();
