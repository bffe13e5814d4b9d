// Everything works without this file; it only keeps open pages fresh and open parts open.
document.documentElement.classList.add('js');
for (const hint of document.querySelectorAll('.no-js')) hint.hidden = true;

// htmx replaces parts of the page: what somebody is reading or typing in must not be taken away.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { target } = event.detail;
  const isBusy =
    target.contains(document.activeElement) && document.activeElement.matches('input, select, textarea');
  if (isBusy || target.querySelector('details[open]')) event.detail.shouldSwap = false;
});
document.addEventListener('htmx:afterSettle', () => {
  for (const hint of document.querySelectorAll('.no-js')) hint.hidden = true;
});

// The lines can be selected by hand; with this they are copied by one click.
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (globalThis.navigator.clipboard === undefined) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await globalThis.navigator.clipboard.writeText(
      document.querySelector(button.dataset.copy).textContent.trim(),
    );
    button.textContent = button.dataset.done;
  });
}
// The command to copy takes over what is typed in its form.
for (const part of document.querySelectorAll('[data-from]')) {
  const source = document.getElementById(part.dataset.from);
  const placeholder = part.textContent;
  const fill = () => (part.textContent = source.value.trim() || placeholder);
  source?.addEventListener('input', fill);
  if (source) fill();
}

// A trial takes a moment: the button says so, and a second click orders nothing twice.
for (const form of document.querySelectorAll('form.sheet')) {
  const button = form.querySelector('button[type=submit]');
  form.addEventListener('submit', (event) => {
    if (button.getAttribute('aria-busy') === 'true') event.preventDefault();
    button.setAttribute('aria-busy', 'true');
  });
  window.addEventListener('pageshow', () => button.removeAttribute('aria-busy'));
}
