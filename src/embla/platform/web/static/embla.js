// What HTML alone cannot do: the "/" key, arrow keys in the search box, copy buttons. Every page works without this file.
"use strict";
(() => {
  const announce = (text) => {
    const place = document.getElementById("spoken");
    if (place) place.textContent = text;
  };

  // One letter as a shortcut can be switched off (WCAG 2.1.4); the choice lies in a cookie that the server reads.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.body.dataset.shortcuts === "off") return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = document.querySelector("[data-search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  const listOf = (box) => document.getElementById(box.getAttribute("aria-controls"));
  const options = (box) => Array.from(listOf(box).querySelectorAll("[role=option]"));
  const close = (box) => {
    listOf(box).replaceChildren();
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (box, index) => {
    const all = options(box);
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    if (index < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", all[index].id);
  };

  document.querySelectorAll("[data-search]").forEach((box) => {
    box.addEventListener("keydown", (event) => {
      const all = options(box);
      const now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "Escape" && all.length) {
        event.preventDefault();
        close(box);
      } else if (event.key === "ArrowDown" && all.length) {
        event.preventDefault();
        mark(box, now + 1 < all.length ? now + 1 : 0);
      } else if (event.key === "ArrowUp" && all.length) {
        event.preventDefault();
        mark(box, now > 0 ? now - 1 : all.length - 1);
      } else if (event.key === "Enter" && now >= 0) {
        event.preventDefault();
        window.location.assign(all[now].dataset.href);
      }
    });
    // A one-line box would glue pasted lines together: several lines are a list, which has a page of its own.
    box.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.split(/\r?\n/).filter((line) => line.trim()).length < 2) return;
      event.preventDefault();
      const form = document.createElement("form");
      form.method = "post";
      form.action = "/batch";
      const field = document.createElement("textarea");
      field.name = "list";
      field.value = text;
      form.hidden = true;
      form.append(field);
      document.body.append(form);
      form.submit();
    });
    box.addEventListener("blur", () => window.setTimeout(() => close(box), 150));
    box.addEventListener("input", () => {
      // What was marked belongs to what was typed before.
      mark(box, -1);
      if (box.value.trim().length < 2) close(box);
    });
    listOf(box).addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) {
        event.preventDefault();
        window.location.assign(option.dataset.href);
      }
    });
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.target !== listOf(box)) return;
      // An answer that comes after the reader has left the box, or emptied it, is not shown.
      if (document.activeElement !== box || box.value.trim().length < 2) return close(box);
      const all = options(box);
      box.setAttribute("aria-expanded", String(all.length > 0));
      box.removeAttribute("aria-activedescendant");
      announce(listOf(box).querySelector("[data-spoken]")?.dataset.spoken ?? "");
    });
  });

  document.addEventListener("click", (event) => {
    const picked = event.target.closest(".pick[data-href]");
    if (picked) window.location.assign(picked.dataset.href);
  });

  document.querySelectorAll("button[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        announce(button.dataset.done);
        const text = button.textContent;
        button.textContent = button.dataset.done;
        window.setTimeout(() => { button.textContent = text; }, 1600);
      } catch {
        announce(button.dataset.failed);
      }
    });
  });

  // Paper has what is folded away on the screen.
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.whole:not([open])").forEach((one) => {
    one.open = true;
    window.addEventListener("afterprint", () => { one.open = false; }, { once: true });
  }));

  document.querySelectorAll("button[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
})();
