(function () {
  "use strict";
  var view = null;
  function bands() {
    var chosen = document.querySelector('input[name="bands"]:checked');
    return chosen ? chosen.value : "people";
  }
  function follow() {
    if (view) { view.signal("bands", bands()).runAsync(); }
  }
  document.querySelectorAll('input[name="bands"]').forEach(function (radio) {
    radio.addEventListener("change", follow);
  });
  var holder = document.getElementById("symptom-live");
  var spec = document.getElementById("symptom-spec");
  var roomy = window.matchMedia("(min-width: 52rem)").matches;
  if (!holder || !spec || !roomy || !window.vegaEmbed) { return; }
  var options = { renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip: { theme: "custom" } };
  window.vegaEmbed(holder, JSON.parse(spec.textContent), options).then(function (chart) {
    view = chart.view;
    holder.parentNode.classList.add("live");
    follow();
  }).catch(function () { holder.remove(); });
})();
