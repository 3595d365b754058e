// What is wrong with the page that is open, as a list of sentences.
const problems = [];
const must = (holds, sentence) => { if (!holds) problems.push(sentence); };
const all = (selector) => [...document.querySelectorAll(selector)];
const name = (element) => element.getAttribute('aria-label') || element.textContent.trim();

must(document.documentElement.lang, 'it does not say its language');
must(document.title.trim(), 'it has no title');
must(all('h1').length === 1, 'it has not one h1');
must(all('main').length === 1, 'it has not one main');
must(all('h1, h2, h3').every((heading, at, before) =>
  at === 0 ? heading.tagName === 'H1' : heading.tagName <= `H${+before[at - 1].tagName[1] + 1}`),
  'its headings leave out a level');
for (const field of all('input:not([type=hidden])')) {
  must(field.labels.length && name(field.labels[0]), `the field ${field.name} has no label`);
}
for (const control of all('a, button')) {
  must(name(control), 'a link or button has no name');
}
for (const control of all('a.button, button, input:not([type=hidden])')) {
  must(control.getBoundingClientRect().height >= 44, `${name(control) || control.name} is too low for a finger`);
}
for (const attribute of ['for', 'aria-describedby', 'aria-labelledby']) {
  for (const element of all(`[${attribute}]`)) {
    must(document.getElementById(element.getAttribute(attribute)), `${attribute} leads nowhere`);
  }
}
const ids = all('[id]').map((element) => element.id);
must(new Set(ids).size === ids.length, 'an id stands in it twice');
const { clientWidth, scrollWidth } = document.documentElement;
must(scrollWidth <= clientWidth, `it is ${scrollWidth} wide in a window of ${clientWidth}`);
must(getComputedStyle(document.body).margin === '0px', 'its style sheet is not there');

// A script that somebody could have written into the page.
const planted = document.createElement('script');
planted.textContent = 'document.documentElement.dataset.planted = "ran"';
document.head.append(planted);
planted.remove();
must(!document.documentElement.dataset.planted, 'it runs a script that is not ours');
return problems;
