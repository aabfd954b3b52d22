/* The page of a trigger: names are suggested, and objects searched, as verb and models are chosen.
   Without it names are suggested as of the last save, and objects named by their keys. */

"use strict";
{
  const $ = django.jQuery;
  const ANIMATED = { theme: "admin-autocomplete", allowClear: true, placeholder: "" };

  function search(input, model) {
    const select = document.createElement("select");
    select.id = `${input.id}_search`;
    select.append(new Option("", ""));
    if (input.value) {
      select.append(new Option(input.dataset.text || input.value, input.value, true, true));
    }
    input.before(select);
    const data = (asked) => ({ term: asked.term, page: asked.page, model });
    $(select).select2({ ...ANIMATED, width: "20em", ajax: { url: input.dataset.url, data } });
    $(select).on("change", () => (input.value = select.value));
  }

  function fit(input) {
    const old = document.getElementById(`${input.id}_search`);
    if (old) {
      $(old).select2("destroy");
      old.remove();
    }
    const model = document.getElementById(input.dataset.model).value;
    const searched = input.dataset.searchable.split(" ").includes(model);
    input.hidden = searched;
    if (searched) search(input, model);
    const label = document.querySelector(`label[for^="${input.id}"]`);
    if (label) label.htmlFor = searched ? `${input.id}_search` : input.id;
  }

  function follow(input) {
    fit(input);
    $(document.getElementById(input.dataset.model)).on("change", () => {
      input.value = input.dataset.text = "";
      fit(input);
    });
  }

  async function suggest(list, verb, model) {
    const asked = new URLSearchParams({ verb: verb.value, model: model.value });
    list.dataset.asked = asked;
    const answer = await fetch(`${list.dataset.url}?${asked}`);
    if (!answer.ok || !answer.headers.get("Content-Type").includes("json")) return;
    const { names } = await answer.json();
    if (list.dataset.asked !== String(asked)) return; // another answer has overtaken this one
    list.replaceChildren(...names.map(([name, words]) => new Option(words, name)));
  }

  $(function () {
    document.querySelectorAll("input.dsn-object").forEach(follow);
    const list = document.getElementById("dsn-names");
    const chosen = ["id_verb", "id_action_object_model"].map((id) => document.getElementById(id));
    if (!list || chosen.includes(null)) return;
    $(chosen).on("change", () => suggest(list, ...chosen));
  });
}
