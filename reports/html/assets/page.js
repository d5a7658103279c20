(function () {
  'use strict';
  var tip = document.getElementById('tip');
  var svgNS = 'http://www.w3.org/2000/svg';

  function three(v) {
    var a = Math.abs(v);
    return v.toFixed(a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2);
  }
  function text(v, unit) {
    switch (unit) {
      case 'ns':
        return v === 0 ? '0' : v < 999.5e3 ? (v / 1e3).toFixed(0) + ' µs' : v < 999.5e6 ? three(v / 1e6) + ' ms' : three(v / 1e9) + ' s';
      case 'bytes':
        return v < 999.5e3 ? three(v / 1e3) + ' kB' : v < 999.5e6 ? three(v / 1e6) + ' MB' : three(v / 1e9) + ' GB';
      case '1/s':
        return Math.round(v).toLocaleString('en') + '/s';
      case 'quantile':
        return 'p' + (100 * (1 - Math.pow(10, -v))).toFixed(v > 3 ? 3 : v > 2 ? 2 : 1);
      case 's':
        return v.toFixed(1) + ' s';
    }
    return three(v) + ' ' + unit;
  }

  // Points of a path: the pairs of its commands, with the values that were written beside it.
  function read(path) {
    var xy = (path.getAttribute('d').match(/-?[\d.]+/g) || []).map(Number);
    var v = path.dataset.v ? path.dataset.v.split(' ').map(Number) : [];
    var points = [];
    for (var i = 0; i < v.length; i++) points.push({ x: xy[2 * i], y: xy[2 * i + 1], v: v[i] });
    return { name: path.dataset.name, points: points, color: getComputedStyle(path).stroke };
  }

  function near(points, x) {
    var best = null;
    points.forEach(function (p) {
      if (!best || Math.abs(p.x - x) < Math.abs(best.x - x)) best = p;
    });
    return best;
  }

  document.querySelectorAll('svg.plot').forEach(function (svg) {
    var d = svg.dataset, l = +d.l, r = +d.r, width = svg.viewBox.baseVal.width;
    var lines = null, cursor = null;
    function leave() {
      tip.hidden = true;
      if (cursor) cursor.setAttribute('visibility', 'hidden');
    }
    svg.addEventListener('pointerleave', leave);
    svg.addEventListener('pointermove', function (e) {
      lines = lines || Array.prototype.map.call(svg.querySelectorAll('path.l'), read);
      var box = svg.getBoundingClientRect();
      var x = (e.clientX - box.left) / box.width * width;
      if (x < l - 4 || x > r + 4 || !lines.length) return leave();
      if (!cursor) {
        cursor = document.createElementNS(svgNS, 'line');
        cursor.setAttribute('class', 'cursor');
        cursor.setAttribute('y1', d.t);
        cursor.setAttribute('y2', d.b);
        svg.appendChild(cursor);
      }
      var snap = null, found = [];
      lines.forEach(function (line) {
        var p = near(line.points, x);
        if (!p || Math.abs(p.x - x) > (r - l) / 12) return;
        found.push({ line: line, p: p });
        if (!snap || Math.abs(p.x - x) < Math.abs(snap.x - x)) snap = p;
      });
      if (!snap) return leave();
      cursor.setAttribute('x1', snap.x);
      cursor.setAttribute('x2', snap.x);
      cursor.setAttribute('visibility', 'visible');
      show(e, +d.x0 + (snap.x - l) / (r - l) * (+d.x1 - d.x0), found, d);
    });
  });

  function show(e, x, found, d) {
    tip.textContent = '';
    var head = document.createElement('b');
    head.textContent = text(x, d.xu);
    tip.appendChild(head);
    var table = document.createElement('table');
    found.slice(0, 18).forEach(function (f) {
      var row = table.insertRow(), name = row.insertCell(), value = row.insertCell();
      name.textContent = f.line.name;
      name.style.color = f.line.color;
      value.textContent = text(f.p.v, d.yu);
    });
    tip.appendChild(table);
    tip.hidden = false;
    var w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = Math.max(4, e.clientX + 16 + w > innerWidth ? e.clientX - w - 16 : e.clientX + 16) + 'px';
    tip.style.top = Math.max(4, Math.min(e.clientY - h / 2, innerHeight - h - 8)) + 'px';
  }

  // Paper shows everything.
  var opened = [];
  addEventListener('beforeprint', function () {
    opened = Array.prototype.filter.call(document.querySelectorAll('details'), function (x) { return !x.open; });
    opened.forEach(function (x) { x.open = true; });
  });
  addEventListener('afterprint', function () {
    opened.forEach(function (x) { x.open = false; });
  });
})();
