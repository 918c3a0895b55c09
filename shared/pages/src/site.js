// Makes the form of a report easier. Without it the form works, and photos can be added later.
(function () {
  "use strict";
  var KEPT = "zhitiao-draft";
  var DAY = 24 * 60 * 60 * 1000;
  if (document.querySelector("[data-sent]")) {
    try { window.localStorage.removeItem(KEPT); } catch (blocked) { /* Nothing was kept. */ }
  }
  // A scanned receipt brings its code behind "#", where no server sees it.
  var code = window.location.hash.slice(1);
  var field = document.querySelector("form input[name=token]");
  if (field && /^[A-Za-z0-9._-]{10,90}$/.test(code)) {
    field.value = code;
    window.history.replaceState(null, "", window.location.pathname);
    field.form.querySelector("button").focus();
  }
  var print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () { window.print(); });
  }
  var share = document.querySelector("[data-share]");
  if (share && (navigator.share || navigator.clipboard)) {
    share.hidden = false;
    share.addEventListener("click", function () {
      var here = window.location.href;
      if (navigator.share) navigator.share({ title: document.title, url: here }).catch(function () { /* Not shared. */ });
      else navigator.clipboard.writeText(here).then(function () { share.textContent = share.dataset.copied; });
    });
  }
  var reader = document.querySelector("[data-read]");
  if (reader && window.speechSynthesis && window.SpeechSynthesisUtterance) {
    var start = reader.textContent;
    reader.hidden = false;
    reader.addEventListener("click", function () {
      var speech = window.speechSynthesis;
      if (speech.speaking) { speech.cancel(); reader.textContent = start; return; }
      var words = new window.SpeechSynthesisUtterance(document.getElementById("content").innerText);
      words.lang = document.documentElement.lang;
      words.onend = function () { reader.textContent = start; };
      reader.textContent = reader.dataset.stop;
      speech.speak(words);
    });
  }
  var form = document.querySelector("form[data-report]");
  if (!form || !window.fetch || !window.Promise) return;

  var LONGEST = 2048;
  var QUALITY = 0.85;
  var TRIES = 3;
  var say = form.dataset;
  var chosen = [];

  var picker = document.getElementById("photo-files");
  var list = document.getElementById("photo-list");
  var most = Number(say.photos);
  document.getElementById("photo-field").hidden = false;

  // The words are kept on this device until they are sent, and for a day at most.
  var text = form.elements.text;
  if (text) try {
    text.addEventListener("input", function () {
      window.localStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), text: text.value }));
    });
    var kept = JSON.parse(window.localStorage.getItem(KEPT) || "{}");
    if (!(Date.now() - kept.at < DAY)) window.localStorage.removeItem(KEPT);
    else if (!text.value) text.value = kept.text;
  } catch (blocked) { /* The browser keeps nothing; then there is no draft. */ }

  function shrink(file) {
    if (!window.createImageBitmap || file.size < 300000) return Promise.resolve(file);
    return window.createImageBitmap(file, { imageOrientation: "from-image" }).then(function (image) {
      var scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) { canvas.toBlob(done, "image/jpeg", QUALITY); });
    }).then(function (small) {
      return small && small.size < file.size ? small : file;
    }).catch(function () { return file; });
  }

  function show(photo) {
    var item = document.createElement("li");
    var image = document.createElement("img");
    image.width = 120; image.height = 120; image.alt = photo.name;
    image.src = URL.createObjectURL(photo.blob);
    var state = document.createElement("p");
    state.setAttribute("role", "status");
    state.textContent = say.waiting;
    var remove = document.createElement("button");
    remove.type = "button"; remove.className = "plain"; remove.textContent = say.remove;
    // Later the same button sends a photo again that did not get through.
    remove.onclick = function () {
      chosen.splice(chosen.indexOf(photo), 1);
      list.removeChild(item);
    };
    item.appendChild(image); item.appendChild(state); item.appendChild(remove);
    list.appendChild(item);
    photo.state = state; photo.remove = remove;
  }

  picker.addEventListener("change", function () {
    var files = Array.prototype.slice.call(picker.files, 0, most - chosen.length);
    picker.value = "";
    files.forEach(function (file) {
      shrink(file).then(function (blob) {
        var photo = { name: file.name, blob: blob };
        chosen.push(photo);
        show(photo);
      });
    });
  });

  function send(photo, grant, tries) {
    photo.state.textContent = say.uploading;
    return fetch(grant.url, { method: grant.method, headers: grant.headers, body: photo.blob }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      photo.state.textContent = say.sentLabel;
    }).catch(function () {
      if (tries > 1) return send(photo, grant, tries - 1);
      return new Promise(function (done) {
        photo.state.textContent = "";
        photo.remove.textContent = say.failed;
        photo.remove.hidden = false;
        photo.remove.onclick = function () {
          photo.remove.hidden = true;
          done(send(photo, grant, TRIES));
        };
      });
    });
  }

  // What may be the same is shown once; sent again, the report is taken.
  function offer(alike, button, label) {
    form.insertAdjacentHTML("beforebegin", alike);
    var seen = document.createElement("input");
    seen.type = "hidden"; seen.name = "alike"; seen.value = "seen";
    form.appendChild(seen);
    delete form.dataset.busy;
    button.disabled = false; button.textContent = label;
    document.getElementById("alike").focus();
  }

  form.addEventListener("submit", function (event) {
    if (!chosen.length || form.dataset.busy) return;
    event.preventDefault();
    form.dataset.busy = "1";
    var button = form.querySelector("button[type=submit]");
    var label = button.textContent;
    button.disabled = true; button.textContent = say.sending;
    var body = new URLSearchParams(new FormData(form));
    var angles = ["front", "detail", "surroundings", "side"];
    chosen.forEach(function (photo, i) {
      body.append("photos[" + i + "].angle", angles[Math.min(i, angles.length - 1)]);
      body.append("photos[" + i + "].content_type", photo.blob.type || "image/jpeg");
      body.append("photos[" + i + "].bytes", String(photo.blob.size));
      photo.remove.hidden = true;
    });
    fetch(form.action, { method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "same-origin" }).then(function (answer) {
      // What is refused is sent again as a plain form, so that the page with the reasons comes.
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }).then(function (receipt) {
      if (receipt.alike) return offer(receipt.alike, button, label);
      var next = say.next || "/my/" + receipt.number + "?new=1";
      var link = document.createElement("a");
      link.className = "button"; link.href = next; link.textContent = say.open;
      button.parentNode.replaceChild(link, button);
      var sent = receipt.uploads.map(function (grant, i) { return send(chosen[i], grant, TRIES); });
      return Promise.all(sent).then(function () {
        window.location.assign(next);
      });
    }).catch(function () {
      // The same words and photos under the same key: whether or not the first try arrived, there is one case.
      body.forEach(function (value, name) {
        if (name.indexOf("photos[") !== 0) return;
        var hidden = document.createElement("input");
        hidden.type = "hidden"; hidden.name = name; hidden.value = value;
        form.appendChild(hidden);
      });
      button.textContent = label;
      form.submit();
    });
  });
})();
